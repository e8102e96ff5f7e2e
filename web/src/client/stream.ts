import { StreamChat } from "stream-chat";
import { origin } from "../config";
import { me } from "./accounts";
import { problemOf } from "./problem";
import type { Session } from "./session";

/** A client of the server that this page came from. */
export function newClient(session: Session): StreamChat {
  return new StreamChat(session.api_key, { baseURL: origin, timeout: 15_000 });
}

/** Gives the first token as it is, asks for every later one, and tells when the session is over. */
export function tokens(first: string | undefined, onSignedOut: () => void): () => Promise<string> {
  let known = first;
  return async () => {
    if (known) {
      const token = known;
      known = undefined;
      return token;
    }
    try {
      return (await me()).token;
    } catch (error) {
      if (problemOf(error).signedOut) onSignedOut();
      throw error;
    }
  };
}
