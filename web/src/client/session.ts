import type { UserResponse } from "stream-chat";

/** What the server answers when someone registers, signs in or asks who they are. */
export interface Session {
  user: UserResponse;
  email: string;
  api_key: string;
  token: string;
}
