import { Icon, type IconName } from "../ui/Icon";

interface TabButtonProps {
  icon: IconName;
  label: string;
  chosen: boolean;
  onChoose: () => void;
}

/** Chooses what the sidebar lists. */
export function TabButton({ icon, label, chosen, onChoose }: TabButtonProps) {
  return (
    <button type="button" className="tab" aria-current={chosen || undefined} onClick={onChoose}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
