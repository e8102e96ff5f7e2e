import { useId } from "react";
import { type Level, levelNames, levels } from "./level";

interface LevelFieldProps {
  label: string;
  level: Level | undefined;
  /** What having decided nothing is called; without it something is always decided. */
  undecided?: string;
  busy: boolean;
  onChange: (level: Level | undefined) => void;
}

export function LevelField({ label, level, undecided, busy, onChange }: LevelFieldProps) {
  const id = useId();
  return (
    <div className="select">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={level ?? ""}
        aria-busy={busy || undefined}
        onChange={({ target }) => onChange(levels.find((known) => known === target.value))}
      >
        {undecided && <option value="">{undecided}</option>}
        {levels.map((one) => (
          <option key={one} value={one}>
            {levelNames[one]}
          </option>
        ))}
      </select>
    </div>
  );
}
