const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** An id that can be read in an address and is not taken: words of the name and eight random characters. */
export function channelId(
  name: string,
  random: (bytes: Uint8Array) => Uint8Array = randomBytes,
): string {
  const words = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  const tail = Array.from(random(new Uint8Array(8)), (byte) => letters[byte % letters.length]).join(
    "",
  );
  return words ? `${words}-${tail}` : tail;
}

/** Not `randomUUID`: browsers offer it only on https and localhost, and Weir also runs in plain home networks. */
const randomBytes = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
