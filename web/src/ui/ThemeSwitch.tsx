import { Icon, type IconName } from "./Icon";
import type { ThemeChoice } from "./theme";
import { useTheme } from "./theme-context";

const options: { choice: ThemeChoice; label: string; icon: IconName }[] = [
  { choice: "system", label: "System", icon: "screen" },
  { choice: "light", label: "Light", icon: "sun" },
  { choice: "dark", label: "Dark", icon: "moon" },
];

export function ThemeSwitch() {
  const { choice, choose } = useTheme();
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">Appearance</legend>
      {options.map((option) => (
        <label key={option.choice} className="segment">
          <input
            type="radio"
            name="theme"
            value={option.choice}
            checked={choice === option.choice}
            onChange={() => choose(option.choice)}
          />
          <Icon name={option.icon} />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
