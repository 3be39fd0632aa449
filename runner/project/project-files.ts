/** The files of a new project, apart from its specs. */
export const PROJECT_FILES: Readonly<Record<string, string>> = {
  "qbo.yml": `# yaml-language-server: $schema=.vscode/project.schema.json
version: 1
defaults:
  schema: raw
  # Where the first run without a range begins.
  begin: 2020-01-01
vars: {}
`,
  ".env.example": `# sandbox, prod or simulator
QBO_ENV=sandbox
QBO_REALM_ID=
QBO_CLIENT_ID=
QBO_CLIENT_SECRET=
# The first refresh token, or "vault" after \`qbo auth login\`
QBO_REFRESH_TOKEN=vault
# "embedded" starts PostgreSQL under .qbo/ and needs none of the following lines
POSTGRES_HOST=embedded
# POSTGRES_PORT=5432
# POSTGRES_DB=
# POSTGRES_USER=
# POSTGRES_PASSWORD=
`,
  ".gitignore": `.env
.qbo/
target/
node_modules/
`,
  ".vscode/extensions.json": `{
  "recommendations": ["redhat.vscode-yaml"]
}
`,
  ".vscode/settings.json": `{
  "yaml.schemas": {
    "./.vscode/entity.schema.json": ["entities/**/*.yml", "entities/**/*.yaml"],
    "./.vscode/project.schema.json": "qbo.yml"
  }
}
`,
  ".github/workflows/qbo.yml": `name: qbo
on:
  pull_request:
  schedule:
    - cron: "0 5 * * *"
  workflow_dispatch:

jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      # Problems appear as annotations on their lines.
      - run: npx --yes qbo validate --format github

  run:
    if: github.event_name != 'pull_request'
    needs: validate
    runs-on: ubuntu-latest
    concurrency: qbo
    env:
      QBO_ENV: prod
      QBO_REALM_ID: \${{ vars.QBO_REALM_ID }}
      QBO_CLIENT_ID: \${{ secrets.QBO_CLIENT_ID }}
      QBO_CLIENT_SECRET: \${{ secrets.QBO_CLIENT_SECRET }}
      QBO_REFRESH_TOKEN: vault
      POSTGRES_HOST: \${{ vars.POSTGRES_HOST }}
      POSTGRES_DB: \${{ vars.POSTGRES_DB }}
      POSTGRES_USER: \${{ secrets.POSTGRES_USER }}
      POSTGRES_PASSWORD: \${{ secrets.POSTGRES_PASSWORD }}
      POSTGRES_SSLMODE: require
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      # Continues from the last sealed window.
      - run: npx --yes qbo run
      - run: npx --yes qbo test --format github
`,
};
