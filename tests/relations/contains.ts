import { isObject, type Json, presentKeys } from '../../relations/json.ts';

/** Whether all of `part` is in `whole`: lists may have more before and between. */
export function contains(whole: Json | undefined, part: Json | undefined): boolean {
  if (isObject(part)) return isObject(whole) && presentKeys(part).every((key) => contains(whole[key], part[key]));
  if (!Array.isArray(part)) return whole === part;
  if (!Array.isArray(whole)) return false;
  let from = 0;
  return part.every((item) => {
    const found = whole.findIndex((each, index) => index >= from && contains(each, item));
    from = found + 1;
    return found >= 0;
  });
}
