-- Jobs as version 1 stored them: queued, running, delivered, failed.
INSERT INTO jobs (id, number, device, interface, proto, src, dst, bidirectional, duration_ms, bucket, store,
                  object_bucket, object_key, url, state, delivery, created_at)
VALUES ('019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e71', 905928, 'local', 'eth0', 'udp', 'any', 'any', 0, 10000, 'captures',
        'embedded', 'captures', '1795421730001.pcap', 'http://127.0.0.1:5000/objects/captures/1795421730001.pcap',
        'queued', 'none', 1795421730001000000);
INSERT INTO jobs (id, number, device, interface, proto, src, dst, bidirectional, duration_ms, bucket, store,
                  object_bucket, object_key, url, state, delivery, created_at, started_at)
VALUES ('019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e72', 905929, 'local', 'odd,"name"', 'any', 'any', 'any', 1, 60000,
        'file:captures', 'embedded', 'captures', '1795421730002.pcap',
        'http://127.0.0.1:5000/objects/captures/1795421730002.pcap', 'running', 'none', 1795421730002000000,
        1795421730012000000);
INSERT INTO jobs (id, number, device, interface, proto, src, dst, bidirectional, duration_ms, bucket, store,
                  object_bucket, object_key, url, state, delivery, stop_reason, received, captured, dropped_ring,
                  bytes, receipt_bytes, receipt_etag, created_at, started_at, stopped_at, delivered_at)
VALUES ('019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e73', 905930, 'local', 'any', 'tcp', '10.0.0.1', '10.0.0.2', 1, 10000,
        's3://captures', 's3', 'captures', '1795421730003.pcap',
        'https://s3.amazonaws.com/captures/1795421730003.pcap', 'stopped', 'delivered', 'duration', 100, 90, 10,
        9000, 9000, 'etag', 1795421730003000000, 1795421730013000000, 1795421740013000000, 1795421741000000000);
INSERT INTO jobs (id, number, device, interface, proto, src, dst, bidirectional, duration_ms, bucket, store,
                  object_bucket, object_key, url, state, delivery, stop_reason, errors, created_at, stopped_at)
VALUES ('019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e74', 905931, 'local', 'eth0', 'any', 'any', 'any', 1, 10000, 'captures',
        'embedded', 'captures', '1795421730004.pcap', 'http://127.0.0.1:5000/objects/captures/1795421730004.pcap',
        'stopped', 'failed', 'error', '[{"code":"io","message":"the disk"}]', 1795421730004000000,
        1795421740004000000);
