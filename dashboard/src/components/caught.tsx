import { Component, type ComponentChildren } from 'preact';
import { told } from '#dashboard/api.ts';
import { Button } from './button.tsx';
import { Empty } from './empty.tsx';

interface CaughtProps {
  /** Another place is another try. */
  readonly place: string;
  readonly children: ComponentChildren;
}
interface Broken {
  readonly error: unknown;
  readonly place: string;
}

/** A screen that breaks takes nothing else with it: the ways to the others stay, and it says what happened. */
export class Caught extends Component<CaughtProps, { readonly broken: Broken | null }> {
  override state: { readonly broken: Broken | null } = { broken: null };

  override componentDidCatch(error: unknown): void {
    reportError(error);
    this.setState({ broken: { error, place: this.props.place } });
  }

  override componentDidUpdate({ place }: CaughtProps): void {
    if (place !== this.props.place && this.state.broken !== null) this.setState({ broken: null });
  }

  override render({ place, children }: CaughtProps, { broken }: { readonly broken: Broken | null }) {
    if (broken === null || broken.place !== place) return children;
    return (
      <Empty icon="alert" title="This screen cannot be shown">
        <p class="muted">{told(broken.error)}</p>
        <Button kind="primary" icon="refresh" onClick={() => location.reload()} always>
          Load the page again
        </Button>
      </Empty>
    );
  }
}
