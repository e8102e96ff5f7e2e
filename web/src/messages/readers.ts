const shown = 5;

/** "Read by Ana, Bob and 3 others". */
export function readersText(names: string[]): string {
  const more = names.length - shown;
  if (more <= 0) return `Read by ${names.join(", ")}`;
  return `Read by ${names.slice(0, shown).join(", ")} and ${more} ${more === 1 ? "other" : "others"}`;
}
