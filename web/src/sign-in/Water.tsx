/** Still water behind the card. Decoration only. */
export function Water() {
  return (
    <svg
      className="water"
      viewBox="0 0 1440 400"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M0 120C240 60 480 60 720 120s480 60 720 0v280H0z" />
      <path d="M0 200c240-60 480-60 720 0s480 60 720 0v200H0z" />
      <path d="M0 285c240-50 480-50 720 0s480 50 720 0v115H0z" />
    </svg>
  );
}
