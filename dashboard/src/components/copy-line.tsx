import { useState } from 'preact/hooks';
import { Button } from './button.tsx';
import './copy-line.css';

/** A text to be taken along: a command, a token. */
export function CopyLine({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text); // on plain http there is no clipboard at all
    } catch {
      return select(label);
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="copy-line">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, and the keyboard has to reach that */}
      <section tabIndex={0} aria-label={label} data-copy={label}>
        <pre>{text}</pre>
      </section>
      <Button kind="quiet" icon={isCopied ? 'check' : 'copy'} label={isCopied ? 'Copied' : `Copy: ${label}`} onClick={copy} always />
    </div>
  );
}

/** Without access to the clipboard (plain http) the text is at least selected. */
function select(label: string): void {
  const element = document.querySelector(`[data-copy="${CSS.escape(label)}"]`);
  if (element !== null) getSelection()?.selectAllChildren(element);
}
