import { createContext, useContext } from "react";
import type { Theme, ThemeChoice } from "./theme";

export interface ThemeState {
  choice: ThemeChoice;
  theme: Theme;
  choose: (choice: ThemeChoice) => void;
}

export const ThemeContext = createContext<ThemeState>({
  choice: "system",
  theme: "light",
  choose: () => {},
});

export const useTheme = () => useContext(ThemeContext);
