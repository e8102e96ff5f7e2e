import { type ReactNode, useCallback, useLayoutEffect, useMemo, useState } from "react";
import { remember, rememberedChoice, resolve, type ThemeChoice } from "./theme";
import { ThemeContext } from "./theme-context";
import { useMedia } from "./useMedia";

/** Light or dark: the system's wish, or the person's. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(rememberedChoice);
  const systemIsDark = useMedia("(prefers-color-scheme: dark)");
  const theme = resolve(choice, systemIsDark);

  // Without the attribute the style sheet follows the system by itself.
  useLayoutEffect(() => {
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  }, [choice]);

  const choose = useCallback((next: ThemeChoice) => {
    remember(next);
    setChoice(next);
  }, []);

  const state = useMemo(() => ({ choice, theme, choose }), [choice, theme, choose]);
  return <ThemeContext value={state}>{children}</ThemeContext>;
}
