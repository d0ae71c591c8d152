// The policy pack's entry. Plain JavaScript: Pulumi has packs compiled by the ts-node of a time before TypeScript's syntax of today;
// what a module imports it leaves to Node.
import './pack.ts';
