// Preloaded into `cdk8s import`: answers its one download from a local file, with the wanted kinds alone.
const fs = require('fs');
const path = require('path');

const util = path.join(__dirname, '..', 'node_modules', 'cdk8s-cli', 'lib', 'util.js');
require(util).download = async () => {
  const wanted = new Set(process.env.CASTIEL_KINDS.split(','));
  const kinds = {};
  const { $defs } = JSON.parse(fs.readFileSync(process.env.CASTIEL_DEFINITIONS, 'utf8').replaceAll('#/$defs/', '#/definitions/'));
  for (const [name, definition] of Object.entries($defs)) {
    const kind = definition['x-kubernetes-group-version-kind']?.[0];
    if (kind && wanted.delete([kind.group, kind.version, kind.kind].filter(Boolean).join('/'))) kinds[name] = definition;
  }
  if (wanted.size) throw new Error(`no such kind: ${[...wanted].join(', ')}`);
  return JSON.stringify({ definitions: kinds });
};
