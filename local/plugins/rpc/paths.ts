/** Property paths as the engine writes them: `spec.template.spec.containers[0].image`, `metadata.labels["a/b"]`. */

export type Step = string | number;

/** The path's text. Keys that are not plain words are quoted. */
export function pathText(steps: readonly Step[]): string {
  return steps.map(stepText).join('');
}

function stepText(step: Step, index: number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `["${step.replaceAll('"', '\\"')}"]`;
  return index === 0 ? step : `.${step}`;
}

/** Reads a path such as users write into `ignoreChanges`; `*` stands for any one step. */
export function parsePath(text: string): readonly Step[] {
  const steps: Step[] = [];
  for (const [, quoted, index, word] of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)) {
    if (index !== undefined) steps.push(index === '*' ? '*' : Number(index));
    else steps.push(quoted !== undefined ? quoted.replaceAll('\\"', '"') : (word ?? ''));
  }
  return steps;
}

/** Whether `pattern` names the path or something around it; its `*` stands for any one step. */
export function covers(pattern: readonly Step[], path: readonly Step[]): boolean {
  return pattern.length <= path.length && pattern.every((step, index) => step === '*' || step === path[index]);
}
