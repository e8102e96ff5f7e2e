import { Icon } from "./Icon";

interface SearchFieldProps {
  label: string;
  /** What stands in the empty field, where the label is too long for it. */
  placeholder?: string;
  value: string;
  onChange: (words: string) => void;
}

export function SearchField({ label, placeholder = label, value, onChange }: SearchFieldProps) {
  return (
    <label className="search">
      <Icon name="search" />
      <span className="visually-hidden">{label}</span>
      <input
        type="search"
        placeholder={placeholder}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        // In a form, Enter would send the form.
        onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      />
    </label>
  );
}
