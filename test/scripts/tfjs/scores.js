// What TensorFlow.js makes of a layers model: node scores.js MODEL.json INPUT prints the numbers of its output as JSON.
// INPUT holds those of its input as 32-bit floats. The packages are those of package-lock.json, in $NODE_PATH.
'use strict';
const fs = require('fs');
const path = require('path');
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const layers = require('@tensorflow/tfjs-layers');

async function main(modelPath, inputPath) {
  const {modelTopology, weightsManifest} = JSON.parse(fs.readFileSync(modelPath, 'utf8'));
  const shards = weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(shards.map((name) => fs.readFileSync(path.join(path.dirname(modelPath), name))));
  const model = await layers.loadLayersModel({
    load: async () => ({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(bytes).buffer,
    }),
  });
  const input = new Float32Array(new Uint8Array(fs.readFileSync(inputPath)).buffer);
  const output = model.predict(tf.tensor(input, [1, ...model.inputs[0].shape.slice(1)]));
  process.stdout.write(JSON.stringify(Array.from(await output.data())) + '\n');
}

main(...process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
