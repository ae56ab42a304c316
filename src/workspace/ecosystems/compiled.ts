import { type Detection, findFirst, type ProjectFiles } from './ecosystem.ts';

export function detectGo(files: ProjectFiles): Detection | undefined {
  if (!files.has('go.mod')) return undefined;
  const isFetched = files.has('go.sum') && !files.has('vendor/modules.txt');
  return {
    project: 'Go',
    commands: {
      install: isFetched ? 'go mod download' : undefined,
      build: 'go build ./...',
      test: 'go test ./...',
      lint: 'go vet ./...',
      coverage: 'go test -coverprofile=coverage.out ./...',
    },
    coverageReports: ['coverage.out'],
  };
}

export function detectRust(files: ProjectFiles): Detection | undefined {
  if (!files.has('Cargo.toml')) return undefined;
  return {
    project: 'Rust',
    commands: {
      install: files.has('Cargo.lock') ? 'cargo fetch --locked' : 'cargo fetch',
      build: 'cargo build --offline',
      test: 'cargo test --offline',
    },
    coverageReports: ['lcov.info', 'target/llvm-cov/lcov.info', 'cobertura.xml'],
  };
}

export async function detectMaven(files: ProjectFiles): Promise<Detection | undefined> {
  if (!files.has('pom.xml')) return undefined;
  const maven = files.has('mvnw') ? 'sh mvnw --batch-mode' : 'mvn --batch-mode';
  const hasJacoco = (await files.read('pom.xml')).includes('jacoco');
  return {
    project: 'Java with Maven',
    commands: {
      install: `${maven} --quiet dependency:go-offline`,
      build: `${maven} --offline --quiet -DskipTests package`,
      test: `${maven} --offline test`,
      coverage: hasJacoco ? `${maven} --offline verify` : undefined,
    },
    coverageReports: ['target/site/jacoco/jacoco.xml'],
  };
}

export async function detectGradle(files: ProjectFiles): Promise<Detection | undefined> {
  const script = findFirst(files, [
    'build.gradle',
    'build.gradle.kts',
    'settings.gradle',
    'settings.gradle.kts',
  ]);
  if (!script) return undefined;
  const gradle = `${files.has('gradlew') ? 'sh gradlew' : 'gradle'} --no-daemon --console=plain`;
  const hasJacoco = (await files.read(script)).includes('jacoco');
  return {
    project: 'Java with Gradle',
    commands: {
      install: `${gradle} dependencies`,
      build: `${gradle} --offline assemble`,
      test: `${gradle} --offline test`,
      coverage: hasJacoco ? `${gradle} --offline test jacocoTestReport` : undefined,
    },
    coverageReports: ['build/reports/jacoco/test/jacocoTestReport.xml'],
  };
}
