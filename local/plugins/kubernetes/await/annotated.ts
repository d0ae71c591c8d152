/** Waiting for what an object's own annotation names. */
import { isArray, isObject, type Json, type JsonObject } from '../../rpc/json.ts';
import { parsePath, type Step } from '../../rpc/paths.ts';
import { annotationOf } from '../objects.ts';
import type { Progress } from './condition.ts';

const WAIT_FOR = 'pulumi.com/waitFor';

/** What is wrong with the annotation: of its forms only a plain path is served here, no condition and no comparison. */
export function waitForFault(object: JsonObject): string | undefined {
  const text = annotationOf(object, WAIT_FOR);
  if (text === undefined || pathIn(text) !== undefined) return undefined;
  return `${WAIT_FOR}: "${text}" is not served here, only a path such as jsonpath={.a[*].b}`;
}

/**
 * How the annotation `pulumi.com/waitFor: jsonpath={.a[*].b}` judges an object: ready when something is there. Undefined
 * without the annotation.
 */
export function annotatedLook(object: JsonObject): ((live: JsonObject) => Progress) | undefined {
  const path = pathIn(annotationOf(object, WAIT_FOR) ?? '');
  if (path === undefined) return undefined;
  const steps = parsePath(path);
  return (live) => {
    const ready = isThere(live, steps);
    const status = `Waiting for .${path}`;
    return { ready, reasons: ready ? [] : [`.${path} selected nothing`], status };
  };
}

const pathIn = (text: string): string | undefined => /^jsonpath=\{\.([\w.[\]*]+)\}$/.exec(text)?.[1];

function isThere(value: Json | undefined, [step, ...rest]: readonly Step[]): boolean {
  if (step === undefined) return value !== undefined && value !== null;
  if (isArray(value)) return step === '*' ? value.some((each) => isThere(each, rest)) : isThere(value[Number(step)], rest);
  return isObject(value) && isThere(value[step], rest);
}
