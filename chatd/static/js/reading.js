// Where one reads: at the end, or further up. Pure; a place is {scrollTop, scrollHeight, clientHeight, clientWidth}.

const AT_END = 40;

/**
 * Return whether one is at the end. Who was stays there while the words are laid out anew or their frame changes: only
 * scrolling up leaves it.
 */
export function atEnd(wasAtEnd, before, now) {
  if (now.scrollHeight - now.scrollTop - now.clientHeight < AT_END) return true;
  const changed = before.clientHeight !== now.clientHeight || before.clientWidth !== now.clientWidth;
  return wasAtEnd && (changed || now.scrollTop >= before.scrollTop);
}

export const placeOf = ({ scrollTop, scrollHeight, clientHeight, clientWidth }) => ({ scrollTop, scrollHeight, clientHeight, clientWidth });
