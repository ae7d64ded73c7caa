import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A server that speaks MongoDB's protocol, for tests: no registry carries MongoDB itself. Not durable where it is killed.
 * Arguments: port (0: a free one), file, and for another age than 5.0 its wire version. Says its URL on one line, and ends when its
 * standard input does.
 */
class MongoProtocolServer {
  public static void main(String[] arguments) throws Exception {
    var wireVersion = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 13;
    var backend = new H2Backend(arguments[1]);
    // It would say a wire version that today's driver refuses; what the house uses of 5.0 it has.
    backend.version(
        new MongoVersion() {
          @Override
          public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
          }

          @Override
          public int getWireVersion() {
            return wireVersion;
          }
        });
    var server = new MongoServer(backend);
    server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    // Whoever started it may die without a word: then its end of the pipe closes.
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }
}
