// Pins the sources whose definitions the tests apply; nothing of it is built.
module castiel.test/cluster/tools/barman-cloud

go 1.25.0

require github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
