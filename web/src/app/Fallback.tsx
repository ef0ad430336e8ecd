import { Component, type ReactNode } from "react";
import { strings } from "./strings";

/** Shows a message in place of children that fail to render, so that the rest of the page, above all SOS, goes on working. */
export class Fallback extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const text = strings.fallback;
    return (
      <div className="fallback" role="alert">
        <p>{text.failed}</p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          {text.reload}
        </button>
      </div>
    );
  }
}
