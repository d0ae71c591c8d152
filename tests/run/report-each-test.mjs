// A jest reporter for layers that take minutes: a line for each test when it ends, with its seconds and, where it
// failed, its message and place.
export default class EachTestReporter {
  onTestCaseResult(_test, { status, title, ancestorTitles, duration, failureMessages }) {
    const seconds = ((duration ?? 0) / 1000).toFixed(1).padStart(6);
    console.log(
      `   ${seconds} s  ${status === 'passed' ? 'ok  ' : status.toUpperCase()}  ${[...ancestorTitles, title].join(': ')}`,
    );
    for (const message of failureMessages) console.log(message.replace(/^/gm, '      '));
  }

  onTestResult(_test, result) {
    if (result.testExecError) console.log(result.failureMessage.trimEnd());
  }
}
