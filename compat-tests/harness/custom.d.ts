// The custom data that the stories use, declared the way an application declares its own.
import 'stream-chat';

declare module 'stream-chat' {
  interface CustomChannelData {
    name?: string;
    image?: string;
    topic?: string;
    tag?: string;
    rank?: number;
    colours?: string[];
    place?: { city?: string; floor?: number };
    open?: boolean;
  }
  interface CustomUserData {
    tag?: string;
    colour?: string;
    age?: number;
    race?: string;
    status?: string;
    badge?: { level?: number; name?: string };
  }
  interface CustomMessageData {
    colour?: string;
    place?: { city?: string; floor?: number };
  }
  interface CustomMemberData {
    nickname?: string;
    rank?: number;
  }
  interface CustomReactionData {
    mood?: string;
  }
}
