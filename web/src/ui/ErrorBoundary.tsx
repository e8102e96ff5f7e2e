import { Component, type ReactNode } from "react";
import { Notice } from "./Notice";

/** When a part breaks, the page says so and offers the way out, instead of going blank. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Notice title="Something broke" onRetry={() => window.location.reload()}>
        Weir stumbled over itself. Loading the page again usually helps.
      </Notice>
    );
  }
}
