// A jest reporter that is silent about what passes: of a failed test it shows name, message and place.
// Plain JavaScript, because jest loads its reporters itself.

export default class FailureReporter {
  onTestFileResult(test, result) {
    this.onTestResult(test, result);
  }

  onTestResult(_test, result) {
    if (result.failureMessage) console.log(result.failureMessage.trimEnd());
  }
}
