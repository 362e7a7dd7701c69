import java.nio.file.Files;
import java.nio.file.Path;
import org.elasticsearch.bootstrap.ServerArgs;
import org.elasticsearch.common.io.stream.OutputStreamStreamOutput;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;

/**
 * Writes the binary record that the Elasticsearch 9 server reads from standard input. The server does
 * not read elasticsearch.yml itself: its launcher puts the settings into this record.
 *
 * <p>Usage: WriteServerArgs HOME CONFIG LOGS PIDFILE OUT. The environment variable
 * ES_BOOTSTRAP_PASSWORD, if set, becomes the secure setting bootstrap.password.
 */
public class WriteServerArgs {
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Path config = Path.of(args[1]);
    Path logs = Path.of(args[2]);
    Path pidFile = Path.of(args[3]);
    Path out = Path.of(args[4]);

    KeyStoreWrapper keystore = KeyStoreWrapper.create();
    String password = System.getenv("ES_BOOTSTRAP_PASSWORD");
    if (password != null) {
      keystore.setString("bootstrap.password", password.toCharArray());
    }
    // save() refuses to replace a file that another user owns.
    Files.deleteIfExists(KeyStoreWrapper.keystorePath(config));
    keystore.save(config, new char[0]);
    KeyStoreWrapper secrets = KeyStoreWrapper.load(config);
    secrets.decrypt(new char[0]);

    Settings settings =
        Settings.builder()
            .loadFromPath(config.resolve("elasticsearch.yml"))
            .put("path.home", home.toString())
            .put("path.logs", logs.toString())
            .build();
    boolean daemonize = true; // the server closes standard input and watches no launcher
    boolean quiet = false;
    ServerArgs record =
        new ServerArgs(daemonize, quiet, pidFile, secrets, settings, config, logs);
    try (var file = Files.newOutputStream(out);
        var stream = new OutputStreamStreamOutput(file)) {
      record.writeTo(stream);
    }
  }
}
