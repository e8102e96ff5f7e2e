/** What went wrong, said at once to those who listen. The place is there before the words are. */
export function Alert({ children }: { children?: string }) {
  return (
    <div role="alert" className={children ? "alert" : undefined}>
      {children}
    </div>
  );
}
