import { Mark } from "./Mark";

export function Splash({ text }: { text: string }) {
  return (
    <main className="page">
      <div className="splash">
        <Mark />
        <p role="status">{text}</p>
        <span className="ripple" aria-hidden="true" />
      </div>
    </main>
  );
}
