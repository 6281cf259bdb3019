-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: spot_optimizer
-- ------------------------------------------------------
-- Server version	8.0.36

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `clients`
--

DROP TABLE IF EXISTS `clients`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `clients` (
  `id` char(36) NOT NULL DEFAULT (uuid()),
  `name` varchar(255) NOT NULL,
  `email` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs DEFAULT NULL,
  `client_token` varchar(255) NOT NULL,
  `plan` varchar(50) DEFAULT 'free',
  `metadata` json DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  UNIQUE KEY `client_token` (`client_token`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `clients`
--

LOCK TABLES `clients` WRITE;
/*!40000 ALTER TABLE `clients` DISABLE KEYS */;
INSERT INTO `clients` (`id`, `name`, `email`, `client_token`, `plan`, `metadata`, `created_at`) VALUES ('11111111-1111-1111-1111-111111111111','Acme 🚀 utf8mb4_0900_ai_ci','ops@acme.example','token-acme','pro','{\"tier\": {\"name\": \"gold\"}, \"say\": \"it\'s \\\"so\\\"\"}','2026-01-02 03:04:05');
/*!40000 ALTER TABLE `clients` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `agents`
--

DROP TABLE IF EXISTS `agents`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `agents` (
  `id` char(36) NOT NULL,
  `client_id` char(36) NOT NULL,
  `logical_agent_id` varchar(255) NOT NULL,
  `hostname` varchar(255) DEFAULT NULL,
  `instance_id` varchar(50) DEFAULT NULL,
  `status` enum('online','offline','disabled') DEFAULT 'offline',
  `current_mode` varchar(20) DEFAULT NULL,
  `current_pool_id` varchar(128) DEFAULT NULL,
  `metadata` json DEFAULT NULL,
  `rack` varchar(64) GENERATED ALWAYS AS (json_unquote(json_extract(`metadata`,_utf8mb4'$.rack'))) VIRTUAL,
  `host_lower` varchar(255) GENERATED ALWAYS AS (lower(`hostname`)) STORED,
  `last_heartbeat_at` timestamp NULL DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
  `updated_at` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  KEY `client_id` (`client_id`),
  CONSTRAINT `agents_ibfk_1` FOREIGN KEY (`client_id`) REFERENCES `clients` (`id`) ON DELETE CASCADE,
  CONSTRAINT `agents_chk_1` CHECK (json_valid(`metadata`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `agents` WRITE;
/*!40000 ALTER TABLE `agents` DISABLE KEYS */;
INSERT INTO `agents` (`id`, `client_id`, `logical_agent_id`, `hostname`, `instance_id`, `status`, `current_mode`, `current_pool_id`, `metadata`, `last_heartbeat_at`, `created_at`, `updated_at`) VALUES ('aaaaaaaa-0000-0000-0000-000000000001','11111111-1111-1111-1111-111111111111','web-1','HOST-1','i-000001','online','spot','r3.large.us-east-1a','{\"rack\": \"r7\"}','2026-11-22 12:00:00','2026-02-01 00:00:00','2026-02-02 00:00:00'),('aaaaaaaa-0000-0000-0000-000000000002','11111111-1111-1111-1111-111111111111','web-2','höst-2',NULL,'offline',NULL,NULL,NULL,NULL,'2026-02-01 00:00:00','2026-02-02 00:00:00');
/*!40000 ALTER TABLE `agents` ENABLE KEYS */;
UNLOCK TABLES;

DROP TABLE IF EXISTS `instances`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `instances` (
  `id` varchar(64) NOT NULL,
  `client_id` char(36) NOT NULL,
  `agent_id` char(36) DEFAULT NULL,
  `instance_type` varchar(64) DEFAULT NULL,
  `region` varchar(32) DEFAULT NULL,
  `az` varchar(48) DEFAULT NULL,
  `current_mode` varchar(20) DEFAULT NULL,
  `current_pool_id` varchar(128) DEFAULT NULL,
  `instance_status` varchar(20) DEFAULT 'launching',
  `is_primary` tinyint(1) DEFAULT '1',
  `is_active` tinyint(1) DEFAULT '1',
  `created_at` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  KEY `agent_id` (`agent_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `instances` WRITE;
/*!40000 ALTER TABLE `instances` DISABLE KEYS */;
INSERT INTO `instances` VALUES ('i-000001','11111111-1111-1111-1111-111111111111','aaaaaaaa-0000-0000-0000-000000000001','r3.large','us-east-1','us-east-1a','spot','r3.large.us-east-1a','running_primary',1,1,'2026-03-01 00:00:00');
/*!40000 ALTER TABLE `instances` ENABLE KEYS */;
UNLOCK TABLES;

DROP TABLE IF EXISTS `spot_price_snapshots`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `spot_price_snapshots` (
  `id` bigint NOT NULL AUTO_INCREMENT,
  `pool_id` varchar(128) NOT NULL,
  `price` decimal(10,6) NOT NULL,
  `captured_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `idx_captured` (`captured_at` DESC)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `spot_price_snapshots` WRITE;
/*!40000 ALTER TABLE `spot_price_snapshots` DISABLE KEYS */;
INSERT INTO `spot_price_snapshots` VALUES (1,'r3.large.us-east-1a',0.016100,'2026-11-22 12:00:00'),(2,'r3.large.us-east-1a',0.016200,'2026-11-22 12:05:00');
/*!40000 ALTER TABLE `spot_price_snapshots` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-30 12:00:00
