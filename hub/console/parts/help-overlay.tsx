import type { Viewer } from '../../people/sessions.ts';
import { openPages } from './navigation.ts';

/** The keys of the console; the script opens it on `?`. */
export function HelpOverlay({ viewer }: { readonly viewer: Viewer | undefined }) {
  const open = openPages(viewer);
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        <KeyRow keys={['?']} does="open and close this help" />
        <KeyRow keys={['/']} does="go to the search field" />
        <KeyRow keys={['j', 'k']} does="next and previous row" />
        <KeyRow keys={['Enter']} does="open the row" />
        <KeyRow keys={['Esc']} does="leave a field, close this help" />
        {open.map(({ title, key }) => (
          <KeyRow keys={['g', key]} does={`go to ${title}`} />
        ))}
        {viewer === undefined ? null : <KeyRow keys={['g', 'u']} does="go to your account" />}
      </dl>
      <p class="note">Keys rest while you type. They can be switched off at the foot of each page.</p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

function KeyRow({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
