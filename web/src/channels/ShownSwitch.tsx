import { type Shown, shownNames, shownSorts } from "./shown";

interface ShownSwitchProps {
  shown: Shown;
  onChange: (shown: Shown) => void;
}

/** Which conversations to list. */
export function ShownSwitch({ shown, onChange }: ShownSwitchProps) {
  return (
    <fieldset className="chips">
      <legend className="visually-hidden">Conversations to list</legend>
      {shownSorts.map((sort) => (
        <label key={sort} className="chip">
          <input
            type="radio"
            name="shown-channels"
            value={sort}
            checked={shown === sort}
            onChange={() => onChange(sort)}
          />
          <span>{shownNames[sort]}</span>
        </label>
      ))}
    </fieldset>
  );
}
