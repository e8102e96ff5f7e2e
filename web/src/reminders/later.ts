const minute = 60_000;
const hour = 60 * minute;

/** The hour at which a day begins for a reminder. */
const morning = 9;

export interface Later {
  label: string;
  at: Date;
}

/** When one may want to be reminded: soon, or on a morning to come. */
export function laterChoices(now: number): Later[] {
  return [
    { label: "In 20 minutes", at: new Date(now + 20 * minute) },
    { label: "In 1 hour", at: new Date(now + hour) },
    { label: "In 3 hours", at: new Date(now + 3 * hour) },
    { label: "Tomorrow morning", at: morningIn(now, 1) },
    { label: "Next Monday", at: morningIn(now, daysToMonday(now)) },
  ];
}

function morningIn(now: number, days: number): Date {
  const at = new Date(now);
  at.setDate(at.getDate() + days);
  at.setHours(morning, 0, 0, 0);
  return at;
}

/** From 1 to 7: on a Monday it is the next one. */
function daysToMonday(now: number): number {
  return (8 - new Date(now).getDay()) % 7 || 7;
}
