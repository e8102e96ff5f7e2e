const hour = 3_600_000;

/** The hour at which a pause over night ends. */
const morning = 8;

export interface Pause {
  label: string;
  until: Date;
}

/** For how long one may want quiet. */
export function pausesFrom(now: number): Pause[] {
  const tomorrow = new Date(now);
  tomorrow.setDate(tomorrow.getDate() + 1);
  tomorrow.setHours(morning, 0, 0, 0);
  return [
    { label: "1 hour", until: new Date(now + hour) },
    { label: "8 hours", until: new Date(now + 8 * hour) },
    { label: "Until tomorrow", until: tomorrow },
  ];
}

const clock = new Intl.DateTimeFormat("en", {
  weekday: "long",
  hour: "numeric",
  minute: "2-digit",
});

/** Until when it is quiet; nothing once that is over. */
export function pauseText(until: string | undefined, now: number): string | undefined {
  const moment = until ? Date.parse(until) : Number.NaN;
  return moment > now ? `Paused until ${clock.format(moment)}` : undefined;
}
