import { type Circle, circleNames, circles } from "./circle";

interface CircleSwitchProps {
  circle: Circle;
  onChange: (circle: Circle) => void;
}

export function CircleSwitch({ circle, onChange }: CircleSwitchProps) {
  return (
    <fieldset className="chips">
      <legend className="visually-hidden">People to list</legend>
      {circles.map((one) => (
        <label key={one} className="chip">
          <input
            type="radio"
            name="circle"
            value={one}
            checked={circle === one}
            onChange={() => onChange(one)}
          />
          <span>{circleNames[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}
