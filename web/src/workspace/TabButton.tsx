import { Icon, type IconName } from "../ui/Icon";

interface TabButtonProps {
  icon: IconName;
  label: string;
  /** How much waits there, and the word for it. */
  count?: number;
  words?: string;
  chosen: boolean;
  onChoose: () => void;
}

/** One of the sidebar's lists. */
export function TabButton({ icon, label, count = 0, words, chosen, onChoose }: TabButtonProps) {
  return (
    <button type="button" className="tab" aria-current={chosen || undefined} onClick={onChoose}>
      <span className="tab-icon">
        <Icon name={icon} />
        {count > 0 && (
          <span className="tab-count" aria-hidden="true">
            {count > 99 ? "99+" : count}
          </span>
        )}
      </span>
      <span>{label}</span>
      {count > 0 && <span className="visually-hidden">{`, ${count} ${words}`}</span>}
    </button>
  );
}
