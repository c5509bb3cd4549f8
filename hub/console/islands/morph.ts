/** What a reader is at is left as it is until they turn away. */
const READ = '.scroll, .lines, .chart';

/**
 * Makes an element's content that of another one and leaves in place what is the same, so that nobody loses their place.
 *
 * Shape: gives whether a list was left as it was although there is news of it; who shows it has to say so.
 */
export function morph(from: Element, to: Element): boolean {
  let isHeld = false;
  const next = [...to.childNodes];
  for (const [place, node] of next.entries()) {
    const old = from.childNodes[place];
    if (old === undefined) from.append(node);
    else if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) old.replaceWith(node);
    else if (old instanceof Element && node instanceof Element) isHeld = morphElement(old, node) || isHeld;
    else if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue;
  }
  while (from.childNodes.length > next.length) from.lastChild?.remove();
  return isHeld;
}

function morphElement(old: Element, node: Element): boolean {
  if (isRead(old)) return !old.matches('.chart') && !old.isEqualNode(node);
  for (const { name } of [...old.attributes]) {
    // Whether a part is open is the reader's.
    if (!node.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  return morph(old, node);
}

function isRead(element: Element): boolean {
  if (!element.matches(READ)) return false;
  return element.contains(document.activeElement) || element.matches('.chart:hover');
}
