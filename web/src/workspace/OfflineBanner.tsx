import { Icon } from "../ui/Icon";

export function OfflineBanner() {
  return (
    <div className="offline" role="status">
      <Icon name="offline" />
      <span>No connection. Weir keeps trying and catches up by itself.</span>
    </div>
  );
}
