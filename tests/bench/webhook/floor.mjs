// The floor: a bare node:https server that reads a review, parses it and answers with a patch that is always the same. What it
// lacks is all that makes a webhook: it decides nothing, checks nothing, logs nothing and counts nothing. Plain JavaScript, so
// that no type stripping counts against it.
//
// floor.mjs PORT CERTIFICATE KEY PATCH: the last three are files.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [port, certFile, keyFile, patchFile] = process.argv.slice(2);
const patch = readFileSync(patchFile).toString('base64');

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.3', keepAliveTimeout: 120_000 },
  (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { uid } = JSON.parse(Buffer.concat(chunks).toString()).request;
      const answer = { uid, allowed: true, patchType: 'JSONPatch', patch };
      const text = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      response.end(text);
    });
  },
);
server.listen(Number(port));
process.once('SIGTERM', () => process.exit());
