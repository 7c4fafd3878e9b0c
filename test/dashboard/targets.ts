import type { Page } from 'playwright-core';

/** CSS pixels that a finger needs, each way (WCAG 2.2, 2.5.5). */
const FINGER_PX = 44;
/** Edges fall between pixels. */
const ROUNDING_PX = 1;

/**
 * What can be touched on this page and is smaller than a finger: "44×30 a.name 'Ruto'". Asked of the page itself, point by point from the middle of each,
 * so that padding and pseudo-elements count and what lies on top of it does not. Links in running text are as high as their line [WCAG 2.5.5].
 * `within`: a selector, where the rest was looked at before.
 */
export const tooSmall = (page: Page, within = 'body'): Promise<string[]> =>
  page.evaluate(`(${MEASURE})(${FINGER_PX}, ${ROUNDING_PX}, ${JSON.stringify(within)})`);

/** Runs in the page. What is behind a menu or a dialog cannot be touched; what is out of the window until it has the focus neither. */
const MEASURE = `(finger, rounding, within) => {
  const isInText = (element) => {
    const around = element.parentElement;
    if (element.tagName !== 'A' || getComputedStyle(element).display !== 'inline' || /flex|grid/.test(getComputedStyle(around).display)) return false;
    return [...around.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim().length > 1);
  };
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.closest('.visually-hidden, [inert], [aria-hidden="true"]') === null;
  const isHit = (element, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (element.contains(hit) || hit.closest('label')?.contains(element) === true);
  };
  const run = (element, x, y, dx, dy) => {
    for (let steps = 0; steps < finger; steps += 1) if (!isHit(element, x + dx * (steps + 1), y + dy * (steps + 1))) return steps;
    return finger;
  };
  // Most are: asked at every fourth pixel, before every pixel is.
  const isWide = (element, x, y, dx, dy) => {
    for (let steps = 1; steps < finger / 2; steps += 4) if (!isHit(element, x + dx * steps, y + dy * steps)) return false;
    return true;
  };
  const sides = [[-1, 0], [1, 0], [0, -1], [0, 1]];
  const found = [];
  const place = document.querySelector('[role="menu"]:popover-open, dialog:modal') ?? document.querySelector(within);
  for (const element of place.querySelectorAll('a[href], button, input, select, textarea, summary, [role="menuitem"]')) {
    if (!isShown(element) || isInText(element)) continue;
    element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const { left, top, width, height, bottom } = element.getBoundingClientRect();
    if (bottom <= 0) continue;
    const [x, y] = [left + width / 2, top + height / 2];
    if (sides.every(([dx, dy]) => isWide(element, x, y, dx, dy))) continue;
    const [wide, high] = [run(element, x, y, -1, 0) + 1 + run(element, x, y, 1, 0), run(element, x, y, 0, -1) + 1 + run(element, x, y, 0, 1)];
    if (wide + rounding >= finger && high + rounding >= finger) continue;
    const name = (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40);
    found.push(\`\${wide}×\${high} \${element.tagName.toLowerCase()}.\${element.className} '\${name}'\`);
  }
  return found;
}`;
