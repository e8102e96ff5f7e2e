/** Of what one is notified. */
export const levels = ["all", "direct_mentions", "none"] as const;
export type Level = (typeof levels)[number];

export const levelNames: Record<Level, string> = {
  all: "Every message",
  direct_mentions: "Only when I am mentioned",
  none: "Nothing",
};

/** The server also knows finer levels, and older names; here they are the nearest of ours. */
export function levelOf(level: string | undefined): Level | undefined {
  switch (level) {
    case undefined:
    case "default":
      return undefined;
    case "mentions":
    case "all_mentions":
      return "direct_mentions";
    default:
      return levels.find((known) => known === level);
  }
}
