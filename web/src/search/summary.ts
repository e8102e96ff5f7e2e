const counted = (count: number, one: string, many: string) =>
  `${count} ${count === 1 ? one : many}`;

/** What a screen reader says when the results are there. */
export function summary(people: number, channels: number, messages: number, more: boolean): string {
  if (people + channels + messages === 0) return "Nothing found";
  const said = counted(messages, "message", "messages");
  return [
    counted(people, "person", "people"),
    counted(channels, "channel", "channels"),
    more ? `more than ${said}` : said,
  ].join(", ");
}
