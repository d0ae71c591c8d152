import type { Dispatcher } from 'undici';

/**
 * The body of an answer as text, read piece by piece. `body.text()` puts all pieces of a page of a list into one buffer first;
 * malloc then keeps room for such buffers (mallopt(3): M_MMAP_THRESHOLD is dynamic): 20 MB after the lists of a start.
 */
export async function bodyText({ body }: Dispatcher.ResponseData): Promise<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for await (const piece of body) pieces.push(decoder.decode(piece, { stream: true }));
  pieces.push(decoder.decode());
  return pieces.join('');
}
