// Where one reads: at the end, or further up, and from where on it is new. Pure; a place in the page is {scrollTop,
// scrollHeight, clientHeight, clientWidth}.

const AT_END = 40;

/** Whether somebody has scrolled up, if only a little: the frame is the same. */
export const scrolledUp = (before, now) => now.scrollTop < before.scrollTop
  && before.clientHeight === now.clientHeight && before.clientWidth === now.clientWidth;

/**
 * Return whether one is at the end. Who was stays there while the words are laid out anew or their frame changes: only
 * scrolling up leaves it.
 */
export function atEnd(wasAtEnd, before, now) {
  if (now.scrollHeight - now.scrollTop - now.clientHeight < AT_END) return true;
  return wasAtEnd && !scrolledUp(before, now);
}

export const placeOf = ({ scrollTop, scrollHeight, clientHeight, clientWidth }) => ({ scrollTop, scrollHeight, clientHeight, clientWidth });

/** Return the event before a place of a log; what only this page shows is none. */
export function eventBefore(items, at) {
  let place = at - 1;
  while (items[place]?.local) place -= 1;
  return items[place] ?? null;
}

/** Whether the "new" line stands above what is at that place: the first event behind `newFrom`. */
export function beginsNew(items, at, newFrom) {
  const item = items[at];
  return Boolean(newFrom) && !item.local && item.id > newFrom && !(eventBefore(items, at)?.id > newFrom);
}
