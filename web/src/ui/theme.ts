export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const key = "weir.theme";
const choices: readonly ThemeChoice[] = ["system", "light", "dark"];

/** What this browser was told last; without storage the system decides. */
export function rememberedChoice(): ThemeChoice {
  try {
    const value = localStorage.getItem(key);
    return choices.find((choice) => choice === value) ?? "system";
  } catch {
    return "system";
  }
}

export function remember(choice: ThemeChoice): void {
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // A browser without storage forgets the choice; nothing else is lost.
  }
}

export function resolve(choice: ThemeChoice, systemIsDark: boolean): Theme {
  if (choice !== "system") return choice;
  return systemIsDark ? "dark" : "light";
}
