// Holds reports as JSON against the published schema, with another validator than the one of the Rust tests.
//
//   node schema.js SCHEMA REPORT...

const fs = require('node:fs');
const path = require('node:path');
const Ajv = require('ajv/dist/2020');

const [schemaFile, ...files] = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: node schema.js SCHEMA REPORT...');

// Formats such as uint32 are notes for readers; the types and bounds beside them are checked.
const ajv = new Ajv({ allErrors: true, validateFormats: false });
const validate = ajv.compile(JSON.parse(fs.readFileSync(schemaFile, 'utf8')));
for (const file of files) {
  const isValid = validate(JSON.parse(fs.readFileSync(file, 'utf8')));
  console.log(`${path.basename(file)}: ${isValid ? 'as the schema says' : ''}`);
  if (!isValid) {
    process.exitCode = 1;
    validate.errors.slice(0, 10).forEach((error) => console.log(`  ${error.instancePath} ${error.message}`));
  }
}
