import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The ways out of Java's standard library. */
public class Client {
  private static final String tag = System.getenv("LEAK_TAG");
  private static final String host = System.getenv("LEAK_HOST");
  private static final String ipv4 = System.getenv("LEAK_IPV4");

  public static void main(String[] words) throws Exception {
    switch (words[0]) {
      case "HttpClient" -> get();
      case "HttpURLConnection" -> getTheOldWay();
      case "Socket" -> talk(host);
      case "IPv6" -> talk(System.getenv("LEAK_IPV6"));
      case "InetAddress" -> System.out.println(InetAddress.getByName(tag + "." + host));
      default -> send();
    }
  }

  private static URI page() {
    return URI.create("http://" + host + "/" + tag);
  }

  private static void get() throws Exception {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    HttpRequest request = HttpRequest.newBuilder(page()).timeout(Duration.ofSeconds(5)).build();
    System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private static void getTheOldWay() throws Exception {
    HttpURLConnection connection = (HttpURLConnection) page().toURL().openConnection();
    connection.setConnectTimeout(5_000);
    connection.setReadTimeout(5_000);
    try (InputStream body = connection.getInputStream()) {
      body.transferTo(System.out);
    }
  }

  private static void talk(String where) throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(where, 9443), 5_000);
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write((tag + "\n").getBytes());
      socket.getInputStream().transferTo(System.out);
    }
  }

  private static void send() throws Exception {
    byte[] text = tag.getBytes();
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(InetAddress.getByName(ipv4), 443);
      socket.setSoTimeout(1_000);
      socket.send(new DatagramPacket(text, text.length));
      socket.receive(new DatagramPacket(new byte[80], 80));
    }
  }
}
