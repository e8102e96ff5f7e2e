const drawings = {
  sent: "M4.5 12.5l4.5 4.5L18 7.5",
  delivered: "M2 12.5l4.5 4.5L15 7.5M11 16.5l.5.5L21 7.5",
  read: "M2 12.5l4.5 4.5L15 7.5M11 16.5l.5.5L21 7.5",
};

interface TickProps {
  kind: keyof typeof drawings;
  label: string;
}

export function Tick({ kind, label }: TickProps) {
  return (
    <span className={`tick tick-${kind}`} role="img" aria-label={label} title={label}>
      <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d={drawings[kind]} />
      </svg>
    </span>
  );
}
