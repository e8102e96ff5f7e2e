const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const clock = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
const dated = new Intl.DateTimeFormat("en", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});

/** When a reminder is, or was, due: near ones by the minutes, far ones by the clock. */
export function whenText(moment: number, now: number): string {
  const away = moment - now;
  const far = Math.abs(away);
  if (far < minute) return away > 0 ? "In a moment" : "Now";
  if (far < hour) return sentence(relative.format(Math.round(away / minute), "minute"));
  const days = Math.round((midnight(moment) - midnight(now)) / day);
  if (Math.abs(days) > 1) return dated.format(moment);
  return `${sentence(relative.format(days, "day"))}, ${clock.format(moment)}`;
}

function midnight(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
