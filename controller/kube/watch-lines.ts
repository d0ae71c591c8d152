import { type Call, ConnectionError } from './api-error.ts';
import { beginningOf } from './response.ts';

/**
 * The lines of a watch, parsed. A line may come in many pieces and a piece may hold many lines. A last line without its end is
 * left out: the connection broke there, and the next watch resumes before it.
 * @param onPiece called for every piece, before what is in it
 * @throws ConnectionError `malformed` for a line that is no JSON
 */
export async function* jsonLines(
  call: Call,
  pieces: AsyncIterable<Uint8Array>,
  onPiece: () => void,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let unfinished: string[] = [];
  for await (const piece of pieces) {
    onPiece();
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n');
    unfinished.push(first);
    for (const next of others) {
      const line = unfinished.join('');
      unfinished = [next];
      if (line.trim() !== '') yield parseLine(call, line);
    }
  }
}

function parseLine(call: Call, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ConnectionError(call, 'malformed', `a line of the watch is no JSON: ${beginningOf(line)}`, error);
  }
}
