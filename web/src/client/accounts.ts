import { origin } from "../config";
import { Problem, problemFrom, problemOf } from "./problem";
import type { Session } from "./session";

export interface Registration {
  name: string;
  email: string;
  password: string;
}

export interface Credentials {
  email: string;
  password: string;
}

export interface ProfileChange {
  name?: string;
  image?: string;
  email?: string;
  password?: string;
  current_password?: string;
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  try {
    const answer = await fetch(`${origin}/weir/v1/${path}`, {
      method,
      credentials: "same-origin",
      headers: { accept: "application/json", ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const content: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw problemFrom(answer.status, content, answer.headers.get("retry-after"));
    if (content === null)
      throw new Problem("The server gave an answer that makes no sense.", answer.status);
    return content as T;
  } catch (error) {
    throw problemOf(error);
  }
}

export const register = (registration: Registration) =>
  ask<Session>("POST", "register", registration);

export const signIn = (credentials: Credentials) => ask<Session>("POST", "sign-in", credentials);

export const signOut = () => ask<object>("POST", "sign-out", {});

export const changeProfile = (change: ProfileChange) => ask<Session>("PATCH", "me", change);

/** Who is signed in here; also a fresh token at every call. */
export const me = () => ask<Session>("GET", "me");

export interface Info {
  /** Whether anybody has an account on this server yet. */
  accounts: boolean;
  /** With what browsers subscribe to pushes, in base64url; absent when they are not pushed to. */
  push_key?: string;
}

/** What is to be known of the server before anybody signs in. */
export const info = () => ask<Info>("GET", "info");
