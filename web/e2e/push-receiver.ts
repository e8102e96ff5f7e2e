import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a browser keeps to itself of a subscription, and what it tells the server. */
export interface Receiver {
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  /** What was pushed so far, decrypted. */
  pushed: Record<string, string>[];
  close: () => Promise<void>;
}

/** A push service with one subscriber: it takes what the server sends and reads it as a browser would. */
export async function openReceiver(): Promise<Receiver> {
  const own = createECDH("prime256v1");
  const point = own.generateKeys();
  const auth = randomBytes(16);
  const pushed: Receiver["pushed"] = [];

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      pushed.push(JSON.parse(opened(Buffer.concat(parts), own, point, auth)));
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    subscription: {
      endpoint: `http://127.0.0.1:${port}/ana`,
      keys: { p256dh: point.toString("base64url"), auth: auth.toString("base64url") },
    },
    pushed,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

type Ecdh = ReturnType<typeof createECDH>;

/** RFC 8291 and RFC 8188: salt, size of a record, key of the sender, and one record. */
function opened(body: Buffer, own: Ecdh, point: Buffer, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const keyEnd = 21 + body.readUInt8(20);
  const sender = body.subarray(21, keyEnd);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), point, sender]);
  const secret = Buffer.from(hkdfSync("sha256", own.computeSecret(sender), auth, info, 32));
  const part = (name: string, size: number) =>
    Buffer.from(hkdfSync("sha256", secret, salt, Buffer.from(`Content-Encoding: ${name}\0`), size));
  const sealed = body.subarray(keyEnd);
  const cipher = createDecipheriv("aes-128-gcm", part("aes128gcm", 16), part("nonce", 12));
  cipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString();
}
