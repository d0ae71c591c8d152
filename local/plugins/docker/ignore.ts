/** Which files of a build context the daemon is not given. */

/**
 * Reads a .dockerignore. Returns whether a path, relative to the context with `/` between its parts, is left out. The
 * last pattern that matches the path or a folder around it decides; `!` takes a file in again.
 * (docs.docker.com/build/concepts/context/#dockerignore-files)
 */
export function dockerIgnore(content: string): (path: string) => boolean {
  const rules = content.split(/\r?\n/).flatMap(ruleOf);
  return (path) => {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    return rules.reduce((left, rule) => (parents.some((each) => rule.pattern.test(each)) ? !rule.exception : left), false);
  };
}

interface Rule {
  readonly exception: boolean;
  readonly pattern: RegExp;
}

function ruleOf(line: string): readonly Rule[] {
  const trimmed = line.startsWith('#') ? '' : line.trim();
  const exception = trimmed.startsWith('!');
  const glob = trimmed
    .slice(exception ? 1 : 0)
    .trim()
    .replace(/^\.?\/+/, '')
    .replace(/\/+$/, '');
  return glob === ''
    ? []
    : [{ exception, pattern: new RegExp(`^${glob.replace(/\*\*\/|\*\*|[*?]|\\.|\[[^\]]*\]|[^*?\\[]/g, part)}$`) }];
}

/** One piece of a glob as a regular expression (Go's filepath.Match, and `**` for any number of folders). */
function part(piece: string): string {
  if (piece === '**/') return '(?:.*/)?';
  if (piece === '**') return '.*';
  if (piece === '*') return '[^/]*';
  if (piece === '?') return '[^/]';
  if (piece.startsWith('[') && piece.endsWith(']')) return piece;
  return (piece.startsWith('\\') ? piece.slice(1) : piece).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
