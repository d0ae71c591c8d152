/** Control characters, what reorders the text around it (RTL marks), half surrogate pairs, line separators, unassigned ones. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** Nearly every text; asked first, because it is asked quickly. */
const PLAIN = /^[ -~]*$/;

/**
 * `text` with everything written out that a reader would not see or that would change what is around it, such as `\u{202e}`:
 * for messages, Events and log lines that quote what somebody made up.
 */
export const printable = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
