"""A platform with everything that is seldom, and much of it at once."""

CATALOGUE = r"""
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
compose: {healthTool: curl}
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_URL}
  rabbitmq: {tier: data, port: 5672, urlVariable: RABBITMQ_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
secrets:
  signing: {source: generated, keys: [JWT_SECRET]}
  api-keys: {source: provided, keys: [API_KEY], optional: true}
external:
  apis: {ports: [443], description: the partners}
services:
  store:
    tier: back
    port: 3001
    needs: [postgres, rabbitmq]
    health: {http: "/a?b=c&d={{x}}'$x`id`[1-3]"}
    secrets: [api-keys]
    environment: {K: "$(API_KEY)", E: "", L: "a\nb\n", U: "ü\u2028", a.b-c: "$(E)x $y", D: "$ $$ $$$ $${x} $$(NO) $(E) 100% \\"}
  stock:
    tier: back
    port: 3002
    targetPort: 8080
    protocol: grpc
    health: {grpc: "it's %s/Ünder \\ score"}
    ports: {metrics: 9464, admin: {port: 81, targetPort: 8081, protocol: http}, stats: {port: 8125, protocol: UDP}}
    urlVariable: STOCK_URL
    needs: [postgres, store, plugin-db]
    uses: [web]
    storage: {data: /var/lib/stock, logs: /logs}
    user: 1001
    group: 0
  sock: {tier: back, port: 9, protocol: tcp, needs: [stock]}
  nightly:
    tier: back
    schedule: "0 3 * * *"
    needs: [postgres, stock]
    volumes: {stock.data: /stock}
  migrate: {tier: back, run: once, needs: [postgres], command: [migrate, "", "$(PORT)", "$X"]}
  worker:
    tier: back
    singleton: true
    needs: [rabbitmq]
    image: {of: web}
    command: [run, worker]
    args: [all, "--stats=${stock:stats.host}:${stock:stats.port}"]
    uses: [stock, stock:stats]
    health: {command: [celery, inspect, ping, "$(SERVICE_NAME)", "$$(X)", "$(NO)", "$(RABBITMQ_URL)"]}
  web:
    tier: front
    port: 3000
    health: http
    public: {host: www, path: /shop}
    settings:
      LIMIT: {type: integer, default: 10, minimum: 1, maximum: 100}
      OPEN: {type: boolean, default: true}
    needs: [redis, store, stock:admin, worker]
    writable: [/app/cache, /var/lib/web]
    files:
      {/etc/web/a: app.conf, /etc/web/b: {source: app.conf, raw: true, executable: true}, /etc/c.png: bin.png, /etc/d: none}
    prepare: [[rails, 'db:migrate'], [echo, '${publicUrl}']]
    environment:
      STORE: "${store.host}:${store.port} ${stock:admin.url} $${x}"
      CACHE: "${redis.password} ${redis.url}"
    secrets: [signing, api-keys]
  all: {tier: front, port: 1, public: {path: /all}}
  web-prepare: {tier: front, port: 2, public: {path: /p}}
"""

OVERLAY = r"""
services:
  store:
    security: {user: ~, group: ~}
    replicas: 3
    container: {workingDir: /srv, tty: true, stdin: true}
    lifecycle: {postStart: {exec: {command: [sh, -c, "echo $HOME $(PORT)"]}}, preStop: {exec: {command: [a]}}}
    pod:
      hostAliases: [{ip: 10.0.0.1, hostnames: [a.example, b.example]}, {ip: "::1", hostnames: [c]}]
      dnsConfig: {nameservers: [10.0.0.53], searches: [x.example], options: [{name: ndots, value: "2"}, {name: edns0}]}
      hostname: foo
    extraEnv:
      - {name: A, value: "$(DB_PASSWORD)$$(DB_PASSWORD)"}
      - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
      - {name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
      - {name: LAB, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app.kubernetes.io/name']"}}}
      - {name: SA, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
      - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
      - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
      - {name: MEM, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
      - {name: RC, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}
      - {name: CM, valueFrom: {configMapKeyRef: {name: own, key: k}}}
      - {name: CMO, valueFrom: {configMapKeyRef: {name: elsewhere, key: k, optional: true}}}
      - {name: SEC, valueFrom: {secretKeyRef: {name: some, key: a.b-c, optional: true}}}
      - {name: SEC2, valueFrom: {secretKeyRef: {name: some, key: need}}}
      - {name: USES, value: "$(IP) $(SEC) $(CM) $(NODE)"}
    extraEnvFrom: [{configMapRef: {name: own}, prefix: OWN_}, {secretRef: {name: some}}]
    resources: {limits: {cpu: "1.25", memory: 300M}, requests: {cpu: 100m}}
  stock:
    security: {pod: {fsGroup: 5000, supplementalGroups: [7, 8], sysctls: [{name: net.ipv4.tcp_fin_timeout, value: "30"}]}}
    resources: {requests: {cpu: 10m, memory: "4194304"}, limits: {cpu: "0.011", memory: "4194304"}}
  web:
    autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 4}
    sidecars:
      - name: log
        image: busybox
        command: [sh]
        args: [-c, "tail $(X) $HOME"]
        env: [{name: X, value: "1"}, {name: YY, value: "$(X)"}]
        volumeMounts: [{name: shared, mountPath: /s}, {name: two, mountPath: /t, subPath: a}]
        securityContext: {runAsUser: 77, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
    initContainers:
      - name: first
        image: busybox
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: shared, mountPath: /i}, {name: two, mountPath: /t}]
        env: [{name: P, valueFrom: {secretKeyRef: {name: signing, key: JWT_SECRET}}}]
      - name: mesh
        image: envoy
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        restartPolicy: Always
        volumeMounts: [{name: shared, mountPath: /m, readOnly: true}]
    extraVolumes:
      - {name: shared, emptyDir: {sizeLimit: 10Mi}}
      - {name: two, emptyDir: {}}
      - {name: once, emptyDir: {medium: Memory}}
      - {name: own, configMap: {name: own}}
      - {name: items, configMap: {name: own, defaultMode: 256, items: [{key: k, path: sub/k}, {key: j, path: j, mode: 493}]}}
      - {name: sec, secret: {secretName: signing}}
      - {name: sec2, secret: {secretName: signing, defaultMode: 256, items: [{key: JWT_SECRET, path: d/jwt}]}}
      - {name: proj, projected: {sources: [{configMap: {name: own}}]}}
      - name: some
        projected:
          defaultMode: 256
          sources:
            - {secret: {name: signing, items: [{key: JWT_SECRET, path: d/jwt, mode: 288}]}}
            - {secret: {name: some, optional: true, items: [{key: a.b-c, path: abc}]}}
            - {secret: {name: some}}
            - {configMap: {name: own, items: [{key: k, path: k}]}}
            - {downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
      - {name: claim, persistentVolumeClaim: {claimName: data-stock-0}}
      - {name: foreign, persistentVolumeClaim: {claimName: foreign}}
      - {name: nope, configMap: {name: nope}}
    extraVolumeMounts:
      - {name: shared, mountPath: /shared}
      - {name: once, mountPath: /once}
      - {name: own, mountPath: /own}
      - {name: own, mountPath: /own-k, subPath: k}
      - {name: items, mountPath: /items}
      - {name: items, mountPath: /item, subPath: sub/k}
      - {name: sec, mountPath: /sec}
      - {name: sec2, mountPath: /sec2}
      - {name: proj, mountPath: /proj}
      - {name: some, mountPath: /some}
      - {name: some, mountPath: /some-k, subPath: k}
      - {name: claim, mountPath: /claim, subPath: x}
      - {name: foreign, mountPath: /foreign}
      - {name: nope, mountPath: /nope}
networkPolicy: {edge: {cidrs: [10.0.0.0/24]}}
postgres: {developerAccess: {enabled: true, cidrs: [10.0.0.0/24]}}
redis: {auth: false}
dataServices: {plugin-db: {topology: external, external: {host: db, cidrs: [10.1.0.0/24], secret: {name: pg, urlKey: uri}}}}
extraObjects:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: own}
    data: {k: "v $ ${x} $(y)\n", j: "#!/bin/sh\n"}
    binaryData: {bin: AAAA}
"""

FILES: dict[str, str | bytes] = {"app.conf": "url = ${publicUrl} $x $${x} $(y)\n", "bin.png": bytes(range(256)), "none": ""}
